"""A multi-view autoencoder in PyTorch as a runner: python3 multiview_torch.py INPUT.npz OUTPUT.npz

Each modality has an encoder. A decoder for each pair of modalities predicts the columns of one from the latents of the
other, so that the latents keep what the modalities share. Validation subjects choose the epoch.
"""

import copy

import numpy as np

from runner import require, run

torch = require("torch", "PyTorch (torch)")
EPOCHS, PATIENCE, HIDDEN, BATCH = 300, 30, 64, 128


def network(inputs, outputs):
    return torch.nn.Sequential(torch.nn.Linear(inputs, HIDDEN), torch.nn.GELU(), torch.nn.Linear(HIDDEN, outputs))


def fit(subjects):
    torch.manual_seed(subjects.seed)
    torch.set_num_threads(1)  # The networks are so small that several threads wait for each other.
    names = subjects.modalities
    x = {name: torch.tensor(subjects.values[name], dtype=torch.float32) for name in names}
    mask = {name: torch.tensor(subjects.observed[name], dtype=torch.float32) for name in names}
    present = {name: torch.tensor(subjects.present(name), dtype=torch.float32)[:, None] for name in names}
    encoders = torch.nn.ModuleDict({f"to {a}": network(x[a].shape[1], subjects.latents[a]) for a in names})
    decoders = torch.nn.ModuleDict(
        {f"{a} to {b}": network(subjects.latents[a], x[b].shape[1]) for a in names for b in names}
    )
    weights = torch.nn.ModuleList([encoders, decoders])

    def loss(rows):
        total = 0.0
        for a in names:
            latents = encoders[f"to {a}"](x[a][rows])
            for b in names:
                error = (decoders[f"{a} to {b}"](latents) - x[b][rows]) ** 2
                used = mask[b][rows] * present[a][rows]
                total = total + (error * used).sum() / used.sum().clamp(min=1)
        return total

    optimiser = torch.optim.AdamW(weights.parameters(), lr=2e-3, weight_decay=1e-2)
    random = np.random.default_rng(subjects.seed)
    best, since, chosen = np.inf, 0, None
    for _ in range(EPOCHS):
        for batch in np.array_split(random.permutation(subjects.train), max(1, len(subjects.train) // BATCH)):
            optimiser.zero_grad()
            loss(torch.as_tensor(batch)).backward()
            optimiser.step()
        with torch.no_grad():
            current = float(loss(torch.as_tensor(subjects.validation)))
        if current < best:
            best, since, chosen = current, 0, copy.deepcopy(weights.state_dict())
        else:
            since += 1
            if since > PATIENCE:
                break
    weights.load_state_dict(chosen)
    with torch.no_grad():
        return {name: encoders[f"to {name}"](x[name]).numpy() for name in names}


run(fit)
