// Kinds of subspaces of a two-stage fit. `network`: the joint model's network finds them; `linear`: a linear map of
// each modality; `residual`: the linear map plus a network that starts at zero. `correlation`, for images and series:
// encoders that deep canonical correlation trains.

export const SUBSPACE_KINDS = ['network', 'linear', 'residual', 'correlation'] as const;
export type SubspaceKind = (typeof SUBSPACE_KINDS)[number];
