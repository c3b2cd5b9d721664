"""A tokenizer of words, trained on a few sentences, as transformers takes it."""

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast


def tokenizer_of(sentences, **special):
    """Returns a tokenizer of the words of some sentences, with the special tokens of BERT."""
    special = special or {
        "unk_token": "[UNK]",
        "pad_token": "[PAD]",
        "bos_token": "[CLS]",
        "eos_token": "[SEP]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    words = Tokenizer(models.WordLevel(unk_token=special["unk_token"]))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(special_tokens=sorted(set(special.values())))
    words.train_from_iterator(sentences, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=words, **special)
