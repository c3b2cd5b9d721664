"""Models that go through Fourier transforms: of words (FNet), of fields, of pictures, of long sequences, and of sounds."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from same import fill, floats, integers, report, train


class FNetBlock(nn.Module):
    """Mixes words by a transform over words and features, of which the real part stays (Lee-Thorp et al. 2021)."""

    def __init__(self, size):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(size), nn.LayerNorm(size)])
        self.feed = nn.Sequential(nn.Linear(size, 4 * size), nn.GELU(), nn.Linear(4 * size, size))

    def forward(self, x):
        x = self.norms[0](x + torch.fft.fft(torch.fft.fft(x, dim=-1), dim=-2).real)
        return self.norms[1](x + self.feed(x))


class FNet(nn.Module):
    def __init__(self, words=50, size=24, length=20):
        super().__init__()
        self.words, self.places = nn.Embedding(words, size), nn.Parameter(torch.zeros(length, size))
        self.blocks = nn.Sequential(FNetBlock(size), FNetBlock(size))
        self.head = nn.Linear(size, 3)

    def forward(self, x):
        return self.head(self.blocks(self.words(x) + self.places).mean(dim=1))


class SpectralConv2d(nn.Module):
    """Multiplies the lowest modes of a field by complex weights, as the Fourier neural operator does (Li et al. 2020)."""

    def __init__(self, channels, modes):
        super().__init__()
        self.modes = modes
        scale = 1 / channels**2
        self.low = nn.Parameter(scale * torch.rand(channels, channels, modes, modes, dtype=torch.cfloat))
        self.high = nn.Parameter(scale * torch.rand(channels, channels, modes, modes, dtype=torch.cfloat))

    def forward(self, x):
        m = self.modes
        spectrum = torch.fft.rfft2(x)
        out = torch.zeros(*x.shape[:2], x.size(-2), x.size(-1) // 2 + 1, dtype=torch.cfloat, device=x.device)
        out[:, :, :m, :m] = torch.einsum("bixy,ioxy->boxy", spectrum[:, :, :m, :m], self.low)
        out[:, :, -m:, :m] = torch.einsum("bixy,ioxy->boxy", spectrum[:, :, -m:, :m], self.high)
        return torch.fft.irfft2(out, s=(x.size(-2), x.size(-1)))


class NeuralOperator(nn.Module):
    def __init__(self, channels=6, modes=4):
        super().__init__()
        self.lift, self.project = nn.Linear(3, channels), nn.Linear(channels, 1)
        self.spectral = nn.ModuleList([SpectralConv2d(channels, modes) for _ in range(2)])
        self.local = nn.ModuleList([nn.Conv2d(channels, channels, 1) for _ in range(2)])

    def grid(self, shape):
        b, h, w = shape[:3]
        gridx = torch.linspace(0, 1, h).reshape(1, h, 1, 1).repeat([b, 1, w, 1])
        gridy = torch.linspace(0, 1, w).reshape(1, 1, w, 1).repeat([b, h, 1, 1])
        return torch.cat((gridx, gridy), dim=-1)

    def forward(self, x):
        x = self.lift(torch.cat((x, self.grid(x.shape)), dim=-1)).permute(0, 3, 1, 2)
        x = F.pad(x, [0, 3, 0, 3])
        for spectral, local in zip(self.spectral, self.local):
            x = F.gelu(spectral(x) + local(x))
        return self.project(x[..., :-3, :-3].permute(0, 2, 3, 1))


class GlobalFilter(nn.Module):
    """Filters a picture by a spectrum that is learned as pairs of real numbers (Rao et al. 2021)."""

    def __init__(self, channels, h, w):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(h, w // 2 + 1, channels, 2) * 0.02)
        self.head = nn.Linear(channels, 4)

    def forward(self, x):
        spectrum = torch.fft.rfft2(x.to(torch.float32), dim=(1, 2), norm="ortho")
        spectrum = spectrum * torch.view_as_complex(self.weight)
        return self.head(torch.fft.irfft2(spectrum, s=x.shape[1:3], dim=(1, 2), norm="ortho").mean((1, 2)))


class StateSpace(nn.Module):
    """A diagonal state-space layer, whose kernel is a sum of complex exponentials (Gu et al. 2022, S4D)."""

    def __init__(self, size, states=8):
        super().__init__()
        self.log_dt = nn.Parameter(torch.zeros(size))
        self.C = nn.Parameter(torch.view_as_real(torch.zeros(size, states, dtype=torch.cfloat)))
        self.log_A_real = nn.Parameter(torch.zeros(size, states))
        self.A_imag = nn.Parameter(torch.zeros(size, states))
        self.D = nn.Parameter(torch.zeros(size))

    def forward(self, u):
        length = u.size(-1)
        dt = torch.exp(self.log_dt - 3)
        A = -torch.exp(self.log_A_real) + 1j * (self.A_imag + math.pi * torch.arange(self.A_imag.size(1)))
        dtA = A * dt.unsqueeze(-1)
        K = dtA.unsqueeze(-1) * torch.arange(length)
        C = torch.view_as_complex(self.C) * (torch.exp(dtA) - 1.0) / A
        k = 2 * torch.einsum("hn, hnl -> hl", C, torch.exp(K)).real
        y = torch.fft.irfft(torch.fft.rfft(u, n=2 * length) * torch.fft.rfft(k, n=2 * length), n=2 * length)
        return y[..., :length] + u * self.D.unsqueeze(-1)


def mel_filters(bins, mels, rate):
    """Triangles over frequencies that are equally far apart on the mel scale."""
    highest = 2595 * math.log10(1 + rate / 2 / 700)
    points = 700 * (10 ** (torch.linspace(0, highest, mels + 2) / 2595) - 1)
    slopes = points.unsqueeze(0) - torch.linspace(0, rate // 2, bins).unsqueeze(1)
    widths = points[1:] - points[:-1]
    return torch.clamp(torch.min(-slopes[:, :-2] / widths[:-1], slopes[:, 2:] / widths[1:]), min=0)


class SoundClassifier(nn.Module):
    """Hears tones in a mel spectrogram, whose first layers are a convolution."""

    def __init__(self, rate=8000, n_fft=128, mels=16):
        super().__init__()
        self.n_fft = n_fft
        self.register_buffer("window", torch.hann_window(n_fft))
        self.register_buffer("filters", mel_filters(n_fft // 2 + 1, mels, rate))
        self.layers = nn.Sequential(
            nn.Conv1d(mels, 12, 3, padding=1), nn.BatchNorm1d(12), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten()
        )
        self.head = nn.Linear(12, 3)

    def mel(self, sound):
        spectrum = torch.stft(
            sound, self.n_fft, hop_length=32, window=self.window, center=True, pad_mode="reflect", return_complex=True
        )
        return torch.log(torch.matmul(spectrum.abs().pow(2.0).transpose(-1, -2), self.filters) + 1e-6).transpose(-1, -2)

    def forward(self, sound):
        return self.head(self.layers(self.mel(sound)))


def tones(count, length=1024, rate=8000):
    """Sounds of one of three pitches, with noise."""
    classes = integers(3, count, seed=3)
    time = torch.arange(length) / rate
    pitch = torch.tensor([400.0, 900.0, 2000.0])[classes].unsqueeze(1)
    return torch.sin(2 * math.pi * pitch * time) + 0.3 * floats(count, length, seed=4), classes


def spectral_loss(x, y):
    """Differences of magnitudes and of their logarithms in three resolutions (Yamamoto et al. 2020)."""
    total = 0.0
    for n_fft, hop, size in ((128, 32, 96), (256, 64, 200), (64, 16, 48)):
        window = torch.hann_window(size)
        parts = [torch.stft(z, n_fft, hop, size, window, return_complex=True) for z in (x, y)]
        a, b = (torch.sqrt(torch.clamp(p.real**2 + p.imag**2, min=1e-7)) for p in parts)
        total = total + torch.norm(b - a, p="fro") / torch.norm(b, p="fro") + F.l1_loss(torch.log(b), torch.log(a))
    return total


def griffin_lim(magnitudes, n_fft, hop, steps=8):
    """A sound of given magnitudes, whose phases are found by going back and forth (Griffin and Lim 1984)."""
    window = torch.hann_window(n_fft)
    angles = torch.ones_like(magnitudes, dtype=torch.cfloat)
    before = torch.zeros_like(angles)
    for _ in range(steps):
        sound = torch.istft(magnitudes * angles, n_fft, hop, window=window)
        rebuilt = torch.stft(sound, n_fft, hop, window=window, return_complex=True)
        angles = rebuilt - before.mul_(0.99 / 1.99)
        angles = angles.div(angles.abs().add(1e-16))
        before = rebuilt
    return torch.istft(magnitudes * angles, n_fft, hop, window=window)


def complex_fill(model):
    """Fills complex parameters through their parts, and the others as always."""
    with torch.no_grad():
        for i, parameter in enumerate(p for p in model.parameters() if p.is_complex()):
            parts = torch.view_as_real(parameter)
            parts.copy_(0.1 * floats(*parts.shape, seed=100 + i))
    real = nn.Module()
    for i, (name, parameter) in enumerate(model.named_parameters()):
        if not parameter.is_complex():
            real.register_parameter(f"{i}_{name.replace('.', '_')}", parameter)
    fill(real, None)
    return model


words, kinds = integers(50, 16, 20), integers(3, 16, seed=1)
fnet, step_ms = train(complex_fill(FNet()), lambda m: F.cross_entropy(m(words), kinds))
field = floats(4, 13, 14, 1, seed=2)
operator, _ = train(complex_fill(NeuralOperator()), lambda m: F.mse_loss(m(field), field.roll(1, 1)))
picture = floats(8, 14, 15, 5, seed=5)
filtered, _ = train(
    complex_fill(GlobalFilter(5, 14, 15)), lambda m: F.cross_entropy(m(picture), integers(4, 8, seed=6))
)
sequence = floats(4, 6, 50, seed=7)
states, _ = train(complex_fill(StateSpace(6)), lambda m: F.mse_loss(m(sequence), sequence.cumsum(-1) / 5))
sounds, pitches = tones(24)
hearing = complex_fill(SoundClassifier())
heard, _ = train(hearing, lambda m: F.cross_entropy(m(sounds), pitches))
wave = nn.ParameterDict({"sound": nn.Parameter(floats(2, 1024, seed=8))})
shaped, _ = train(
    wave, lambda m: spectral_loss(m["sound"], sounds[:2]), optimizer=torch.optim.Adam(wave.parameters(), lr=1e-2)
)
found = griffin_lim(torch.stft(sounds[:2], 128, 32, window=torch.hann_window(128), return_complex=True).abs(), 128, 32)
echo = torch.fft.irfft(torch.fft.rfft(sounds[0], 2048).abs() ** 2)[:64]
report(
    step_ms=step_ms,
    fnet=fnet,
    operator=operator,
    filtered=filtered,
    states=states,
    heard=heard,
    shaped=shaped,
    mel=hearing.eval().mel(sounds[:2]),
    found=torch.stft(found, 128, 32, window=torch.hann_window(128), return_complex=True).abs().mean((0, 2)),
    echo=echo,
)
