// Anchors of headings are those of GitHub, so that a link leads to the same place there and in the site.

/** Returns the anchor of a heading. */
export const slugOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
