"""transformers' Whisper in the shape of its smallest model, for three seconds of sound: logits, training, generation."""

from same import fill, floats, integers, report
from transformers import WhisperConfig, WhisperForConditionalGeneration
from transformers_parts import IGNORED, generated, outputs, training

config = WhisperConfig(
    d_model=384, encoder_layers=4, decoder_layers=4, encoder_attention_heads=6, decoder_attention_heads=6,
    encoder_ffn_dim=1536, decoder_ffn_dim=1536, num_mel_bins=80, max_source_positions=150, dropout=0, attention_dropout=0, activation_dropout=0,
)  # fmt: skip
model = fill(WhisperForConditionalGeneration(config), scale=0.02).eval()
sound, labels = floats(1, 80, 300), integers(51865, 1, 8, seed=1)
labels[0, 6:] = IGNORED
batch = {"input_features": sound, "labels": labels}

figures = outputs(model, **batch)
figures = {name: value[..., ::97].clone() if "logits" in name else value for name, value in figures.items()}
figures |= generated(model, sound, count=4)
report(packages=["transformers"], **figures, **training(model, rate=1e-4, **batch))
