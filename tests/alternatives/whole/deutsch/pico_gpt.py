# -*- coding: utf-8 -*-
"""GPT-2, mit deutschen Namen und Kommentaren (Übung für Anfänger)."""
import numpy as np

WURZEL = np.sqrt(2.0 / np.pi).item()
WEIT_WEG = -1e10  # so gut wie minus unendlich


def gelu(x):
    """Glatte Schwelle, die Näherung mit tanh."""
    innen = WURZEL * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + np.tanh(innen))


def softmax(x):
    größte = np.max(x, axis=-1, keepdims=True)  # damit nichts überläuft
    potenzen = np.exp(x - größte)
    return potenzen / potenzen.sum(axis=-1, keepdims=True)


def layer_norm(x, g, b, eps=1e-5):
    mittel = x.mean(axis=-1, keepdims=True)
    streuung = np.mean((x - mittel) ** 2, axis=-1, keepdims=True)
    return g * (x - mittel) / np.sqrt(streuung + eps) + b


def linear(x, w, b):
    return x @ w + b


def causal_mask(n_seq):
    maske = np.zeros((n_seq, n_seq))
    for frage in range(n_seq):
        maske[frage, frage + 1 :] = WEIT_WEG  # die Zukunft sieht niemand
    return maske


def attention(q, k, v, mask):
    köpfe = []
    for q_kopf, k_kopf, v_kopf in zip(q, k, v):
        punkte = q_kopf @ k_kopf.T / np.sqrt(q_kopf.shape[-1]) + mask
        köpfe.append(softmax(punkte) @ v_kopf)
    return np.stack(köpfe)


def split_heads(x, n_head):
    breite = x.shape[1] // n_head
    return np.stack([x[:, kopf * breite : (kopf + 1) * breite] for kopf in range(n_head)])


def merge_heads(x):
    return np.concatenate([kopf for kopf in x], axis=1)


def mha(x, c_attn, c_proj, n_head):
    alles = linear(x, c_attn["w"], c_attn["b"])
    drittel = alles.shape[1] // 3
    q, k, v = alles[:, :drittel], alles[:, drittel : 2 * drittel], alles[:, 2 * drittel :]
    köpfe = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), causal_mask(len(x)))
    return linear(merge_heads(köpfe), c_proj["w"], c_proj["b"])


def feed_forward(x, c_fc, c_proj):
    versteckt = gelu(linear(x, c_fc["w"], c_fc["b"]))
    return linear(versteckt, c_proj["w"], c_proj["b"])


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    nach_aufmerksamkeit = x + mha(layer_norm(x, ln_1["g"], ln_1["b"]), attn["c_attn"], attn["c_proj"], n_head)
    normiert = layer_norm(nach_aufmerksamkeit, ln_2["g"], ln_2["b"])
    return nach_aufmerksamkeit + feed_forward(normiert, mlp["c_fc"], mlp["c_proj"])


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = np.array([wte[wort] + wpe[stelle] for stelle, wort in enumerate(inputs)])
    for block in blocks:
        x = transformer_block(x, block["mlp"], block["attn"], block["ln_1"], block["ln_2"], n_head)
    return layer_norm(x, ln_f["g"], ln_f["b"]) @ wte.T


def generate(inputs, params, n_head, n_tokens_to_generate):
    if not 1 <= len(inputs) <= len(params["wpe"]) - n_tokens_to_generate:
        raise ValueError("Der Anfang ist leer, oder der Text wird zu lang.")
    text = list(inputs)
    for _ in range(n_tokens_to_generate):
        letzte_zeile = gpt2(text, n_head=n_head, **params)[-1]
        text.append(int(np.argmax(letzte_zeile)))
    return text
