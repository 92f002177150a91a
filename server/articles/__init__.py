"""Articles: written by the hospital, previewed on one phone, sent to all followers or published quietly."""
