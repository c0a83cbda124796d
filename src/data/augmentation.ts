// Random changes of images and series during the training of encoders. Latents then carry no information about them.

/** Drawn again for every subject and step. A field that is left out changes nothing. */
export interface Augmentation {
  /** Images only: mirror left and right with probability 1/2. */
  readonly flip?: boolean | undefined;
  /** Largest cyclic shift in every direction, in pixels or in steps of a series. */
  readonly shift?: number | undefined;
  /**
   * Largest addition, in standard deviations: up to this to all channels alike, and up to half of it to each channel.
   */
  readonly brightness?: number | undefined;
  /**
   * Largest distance of the factor from 1: up to this for all channels alike, and up to half of it for each channel.
   */
  readonly contrast?: number | undefined;
}
