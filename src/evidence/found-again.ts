// When a latent of a half of the subjects is the fitted one.

/**
 * Least |Spearman| of a half's latent with the fitted one. A latent that the data do not determine is another one in
 * every half, and takes part in the links of its neighbours: settled on partial nulls 0–7 and case 1 of 300 subjects.
 */
export const FOUND_AGAIN = 0.7;
