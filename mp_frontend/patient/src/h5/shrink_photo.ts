// Makes a photo at most 1600 pixels wide or high, as JPEG: an upload on a slow line takes seconds instead of minutes.
import type { Chosen } from "../photos";
import { Problem } from "../request";
import { t } from "../text";

const LONGEST = 1600;

export async function shrunk(chosen: Chosen): Promise<File> {
  const picture = await opened(chosen.path);
  const scale = Math.min(1, LONGEST / Math.max(picture.naturalWidth, picture.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(picture.naturalHeight * scale));
  const brush = canvas.getContext("2d");
  if (!brush) throw new Problem(0, "not_a_photo", t.form.photoBad);
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82));
  if (!made) throw new Problem(0, "not_a_photo", t.form.photoBad);
  return new File([made], "photo.jpg", { type: "image/jpeg" });
}
function opened(path: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const picture = document.createElement("img");
    picture.onload = () => resolve(picture);
    picture.onerror = () => reject(new Problem(0, "not_a_photo", t.form.photoBad));
    picture.src = path;
  });
}
