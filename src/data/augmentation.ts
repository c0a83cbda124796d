// How pictures and series are changed at random while encoders are trained: what their latents are to say nothing of.

/** Drawn anew for every subject and step; what is left out changes nothing. */
export interface Augmentation {
  /** Of pictures: mirrored left and right, half of the time. */
  readonly flip?: boolean | undefined;
  /** Moved round in every direction, by up to so many pixels or steps of a series. */
  readonly shift?: number | undefined;
  /** What is added: up to so many standard deviations to all channels alike, and half as many to each. */
  readonly brightness?: number | undefined;
  /** What values are multiplied by is 1 at most so far away for all channels alike, and half as far for each. */
  readonly contrast?: number | undefined;
}
