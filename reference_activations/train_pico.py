"""Train pico, the small GPT-2 that ships with the kata, with Hugging Face's GPT2LMHeadModel.

    python -m reference_activations.train_pico --corpus tinyshakespeare.txt --holdout 0.1 --out DIR
    python -m reference_activations.train_pico --corpus tinyshakespeare.txt

The first line measures the recipe on text that it never sees (the last tenth of the corpus). The
second fits the weights that are shipped, on the whole text, with nothing left to choose; the loss
that it prints is a training loss and `training.json` calls it so.

Needs torch and transformers (`make setup-golden`). The corpus is tinyshakespeare (public domain);
its sha256 is checked, because the numbers in the documents were measured on exactly that text.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import time
from pathlib import Path

from reference_activations.tokens import PICO_RANKS, encoding

CORPUS_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
TAIL = 0.1  # the part of the text, at its end, on which losses are printed
OUT = Path(__file__).with_name("pico")


def read_corpus(path: Path) -> list[int]:
    """The corpus as token ids, after checking that it is the text that pico is trained on."""
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != CORPUS_SHA256:
        raise SystemExit(f"{path}: sha256 is {digest}, expected {CORPUS_SHA256} (tinyshakespeare)")
    return encoding(PICO_RANKS).encode_ordinary(raw.decode("utf-8"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--holdout", type=float, default=0.0, help="share of the text never trained on")
    parser.add_argument("--steps", type=int, default=2200)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1337)
    args = parser.parse_args()

    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(args.seed)
    config = GPT2Config(
        vocab_size=PICO_RANKS + 1,
        n_positions=256,
        n_embd=128,
        n_layer=4,
        n_head=4,
        bos_token_id=PICO_RANKS,
        eos_token_id=PICO_RANKS,
        resid_pdrop=args.dropout,
        embd_pdrop=args.dropout,
        attn_pdrop=args.dropout,
    )
    model = GPT2LMHeadModel(config)
    ids = torch.tensor(read_corpus(args.corpus))
    train, tail = ids[: int(len(ids) * (1 - args.holdout))], ids[int(len(ids) * (1 - TAIL)) :]
    measured = "held-out" if args.holdout >= TAIL else "training"
    n_ctx = config.n_positions

    decay = [p for p in model.parameters() if p.ndim >= 2]
    plain = [p for p in model.parameters() if p.ndim < 2]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}],
        lr=args.lr,
        betas=(0.9, 0.95),
    )

    def rate(step: int) -> float:
        warm = min(1.0, (step + 1) / 100)
        return warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / args.steps)))

    @torch.no_grad()
    def tail_loss() -> float:
        """Mean nats a token over the last tenth of the text, in windows of n_ctx."""
        model.eval()
        rows = (len(tail) - 1) // n_ctx
        x = tail[: rows * n_ctx].view(rows, n_ctx)
        y = tail[1 : rows * n_ctx + 1].view(rows, n_ctx)
        total = 0.0
        for xs, ys in zip(x.split(32), y.split(32)):
            logits = model(xs).logits
            total += torch.nn.functional.cross_entropy(
                logits.flatten(0, 1), ys.flatten(), reduction="sum"
            ).item()
        model.train()
        return total / (rows * n_ctx)

    started = time.time()
    model.train()
    for step in range(args.steps + 1):
        if step % 100 == 0 or step == args.steps:
            loss_now = tail_loss()
            seconds = time.time() - started
            line = f"step {step:5d}  {measured} text {loss_now:.4f} nats a token  {seconds:6.0f} s"
            print(line, flush=True)
        if step == args.steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = args.lr * rate(step)
        starts = torch.randint(len(train) - n_ctx - 1, (args.batch,))
        x = torch.stack([train[s : s + n_ctx] for s in starts])
        y = torch.stack([train[s + 1 : s + n_ctx + 1] for s in starts])
        loss = torch.nn.functional.cross_entropy(model(x).logits.flatten(0, 1), y.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    model.save_pretrained(args.out)
    recipe = {"steps": args.steps, "batch": [args.batch, n_ctx], "lr": args.lr, "dropout": args.dropout}
    record = {
        "corpus_sha256": CORPUS_SHA256,
        "recipe": recipe | {"seed": args.seed, "holdout": args.holdout, "torch": torch.__version__},
        f"nats_per_token_on_{measured}_text": round(loss_now, 4),
    }
    (args.out / "training.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
