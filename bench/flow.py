"""Conditional flows of METHOD section 3 (mixture, affine) and the Jacobian-sparsity penalty, features x batch.

The Jacobian has two implementations. 'hand' propagates back through the small conditioner with products, which autograd
differentiates once; 'double' calls autograd twice. The benchmark uses the first, which is faster; the golden script
checks that they agree.
"""

import math

import torch
import torch.nn.functional as F

FLOW_HIDDEN = 16
SLOPE = 0.2
MIXTURE_SCALE = (-5.0, 3.0)
AFFINE_SCALE = (-5.0, 4.0)
CDF_MARGIN = 1e-6
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


class Conditioner:
    def __init__(self, sizes, cross, jacobian):
        self.sizes, self.cross, self.jacobian = sizes, cross, jacobian
        self.flow = {"mixture": Mixture, "affine": Affine}[sizes.flow](sizes)

    def __call__(self, stack, z, gates, withJacobian):
        """z [runs, D, batch], gates [runs, D, D] -> log densities [runs, D, batch] and strengths P [runs, D, D]."""
        s = self.sizes
        r, d, n = z.shape
        (b0, w0), (b1, w1), (b2, w2) = stack
        gated = (w0.view(r, d, FLOW_HIDDEN, d) * gates.unsqueeze(2)).view(r, d * FLOW_HIDDEN, d)

        def theta(inputs):
            if inputs.dim() == 3:
                h1 = torch.baddbmm(b0, gated, inputs).tanh_().view(r * d, FLOW_HIDDEN, n)
            else:
                # One copy of the inputs per child: their gradients are the rows of the Jacobian.
                h1 = torch.baddbmm(b0.view(r * d, -1, 1), gated.view(r * d, -1, d), inputs.view(r * d, d, n)).tanh_()
            h2 = F.leaky_relu_(torch.baddbmm(b1, w1, h1), SLOPE)
            return torch.baddbmm(b2, w2, h2), h1, h2

        flat = z.view(r * d, 1, n)
        if not withJacobian:
            out, _, _ = theta(z)
            return self.flow.logDensity(flat, out).view(r, d, n), None
        if self.jacobian == "hand":
            out, h1, h2 = theta(z)
            logDensity, sensitivity = self.flow.logDensityAndSensitivity(flat, out)
            t = torch.bmm(w2.transpose(1, 2), sensitivity)
            # leaky_relu keeps the sign, so its slope follows from its output.
            t = torch.ops.aten.leaky_relu_backward(t, h2, SLOPE, True)
            t = torch.bmm(w1.transpose(1, 2), t)
            t = torch.ops.aten.tanh_backward(t, h1)
            rows = torch.bmm(gated.view(r * d, FLOW_HIDDEN, d).transpose(1, 2), t)
        else:
            copies = z.unsqueeze(1).expand(r, d, d, n).contiguous()
            out, _, _ = theta(copies)
            logDensity = self.flow.logDensity(flat, out)
            (rows,) = torch.autograd.grad(self.flow.epsilon(flat, out).sum(), copies, create_graph=True)
        deviation = z.detach().std(2, correction=0)
        strengths = rows.view(r, d, d, n).abs().mean(3) * deviation.unsqueeze(1) * self.cross
        return logDensity.view(r, d, n), strengths


class Mixture:
    """epsilon = normalQuantile(sum_k w_k Phi(e_k)), e_k = (z - m_k) / s_k, so log N(epsilon) + log |d epsilon / dz| is
    the log-density of the mixture. theta holds logits, means and log scales."""

    def __init__(self, sizes):
        self.components = sizes.components

    def _parts(self, z, theta):
        logits, means, logScales = theta.split(self.components, dim=1)
        logScales = logScales.clamp(*MIXTURE_SCALE)
        return torch.log_softmax(logits, 1), logScales, (z - means) * torch.exp(-logScales)

    def _logDensity(self, logWeights, logScales, e):
        return torch.logsumexp(torch.addcmul(logWeights - logScales, e, e, value=-0.5), 1) - HALF_LOG_2PI

    def logDensity(self, z, theta):
        return self._logDensity(*self._parts(z, theta))

    def epsilon(self, z, theta):
        logWeights, _, e = self._parts(z, theta)
        cdf = (torch.exp(logWeights) * torch.special.ndtr(e)).sum(1)
        return torch.special.ndtri(cdf.clamp(CDF_MARGIN, 1 - CDF_MARGIN))

    def logDensityAndSensitivity(self, z, theta):
        """Returns also d epsilon / d theta [groups, 3K, batch], by the chain rule through the CDF."""
        logits, means, logScales = theta.split(self.components, dim=1)
        clamped = logScales.clamp(*MIXTURE_SCALE)
        inverse = torch.exp(-clamped)
        e = (z - means) * inverse
        logWeights = torch.log_softmax(logits, 1)
        weights = torch.exp(logWeights)
        phi = torch.special.ndtr(e)
        cdf = (weights * phi).sum(1, keepdim=True)
        epsilon = torch.special.ndtri(cdf.clamp(CDF_MARGIN, 1 - CDF_MARGIN))
        inside = (cdf > CDF_MARGIN) & (cdf < 1 - CDF_MARGIN)
        # 1 / phi(epsilon). The two factors 1 / sqrt(2 pi) cancel in the derivatives by means and scales.
        slope = torch.exp(0.5 * epsilon * epsilon) * inside
        bells = weights * torch.exp(-0.5 * e * e) * -slope
        free = logScales == clamped
        byLogit = weights * (phi - cdf) * (slope * math.sqrt(2 * math.pi))
        sensitivity = torch.cat([byLogit, bells * inverse, bells * e * free], 1)
        return self._logDensity(logWeights, clamped, e), sensitivity


class Affine:
    """epsilon = (z - location) exp(-logScale)."""

    def __init__(self, sizes):
        pass

    def _parts(self, z, theta):
        location, logScale = theta.split(1, dim=1)
        logScale = logScale.clamp(*AFFINE_SCALE)
        return logScale, (z - location) * torch.exp(-logScale)

    def logDensity(self, z, theta):
        logScale, epsilon = self._parts(z, theta)
        return -0.5 * epsilon * epsilon - logScale - HALF_LOG_2PI

    def epsilon(self, z, theta):
        return self._parts(z, theta)[1]

    def logDensityAndSensitivity(self, z, theta):
        location, logScale = theta.split(1, dim=1)
        clamped = logScale.clamp(*AFFINE_SCALE)
        inverse = torch.exp(-clamped)
        epsilon = (z - location) * inverse
        sensitivity = torch.cat([-inverse, -epsilon * (logScale == clamped)], 1)
        return -0.5 * epsilon * epsilon - clamped - HALF_LOG_2PI, sensitivity
