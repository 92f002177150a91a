// Photographs of answers: chosen or taken, made smaller, sent, and shown again.
import { BASE, Problem, currentToken } from "./request";
import { t } from "./text";
// #ifdef H5
import { shrunk } from "./h5/shrink_photo";
// #endif

/** A photo on this phone; `file` on H5. */
export interface Chosen { path: string; file?: File }

/** Asks for up to `most` photos; none when the person changes his mind. */
export function choosePhotos(most: number): Promise<Chosen[]> {
  return new Promise((resolve) =>
    uni.chooseImage({
      count: most, sizeType: ["compressed"], sourceType: ["camera", "album"],
      success: (got) => {
        const files = [got.tempFiles ?? []].flat() as unknown as File[];
        resolve(([got.tempFilePaths].flat() as string[]).map((path, n) => ({ path, file: files[n] })));
      },
      fail: () => resolve([]),
    }),
  );
}

/** Makes a photo small enough and keeps it at the hospital: its id. */
export async function sendPhoto(patient: string, chosen: Chosen): Promise<string> {
  const header: Record<string, string> = {};
  let what: { file?: File; filePath?: string } = {};
  // #ifdef H5
  const xsrf = document.cookie.match(/(?:^|;\s*)sz_xsrf=([^;]*)/);
  if (xsrf) header["X-Xsrf-Token"] = decodeURIComponent(xsrf[1]);
  what = { file: await shrunk(chosen), filePath: chosen.path }; // uni-h5 sends the file, and refuses without a path
  // #endif
  // #ifndef H5
  header.Authorization = `Bearer ${currentToken()}`;
  what = { filePath: await compressed(chosen.path) };
  // #endif
  return new Promise<string>((resolve, reject) =>
    uni.uploadFile({
      ...what, url: `${BASE}/api/patients/${encodeURIComponent(patient)}/photos`, name: "file", header, timeout: 60_000,
      success: (answer) => {
        const said = parsed(answer.data);
        if (answer.statusCode < 400 && said.id) return resolve(said.id);
        reject(new Problem(answer.statusCode, said.code ?? `http_${answer.statusCode}`, said.message || t.form.photoFailed));
      },
      fail: () => reject(new Problem(0, "no_answer", t.form.photoFailed)),
    }),
  );
}
function parsed(data: string): { id?: string; code?: string; message?: string } {
  try {
    return JSON.parse(data) as { id?: string };
  } catch {
    return {};
  }
}
// #ifndef H5
const compressed = (src: string): Promise<string> =>
  new Promise((resolve) => uni.compressImage({ src, quality: 70, compressedWidth: 1600, success: (made) => resolve(made.tempFilePath), fail: () => resolve(src) } as UniApp.CompressImageOptions));
// #endif

/** Where a kept photo can be shown from. The mini-program has to fetch it, as a picture cannot say who is asking. */
export function photoAddress(id: string): Promise<string> {
  const url = `${BASE}/api/photos/${encodeURIComponent(id)}`;
  // #ifdef H5
  return Promise.resolve(url);
  // #endif
  // #ifndef H5
  return new Promise((resolve) =>
    uni.downloadFile({ url, header: { Authorization: `Bearer ${currentToken()}` }, success: (got) => resolve(got.statusCode < 400 ? got.tempFilePath : ""), fail: () => resolve("") }),
  );
  // #endif
}
