# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
# == causal_mask | transposed|past
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq))
    for i in range(n_seq):
        for j in range(n_seq):
            if j < i:
                mask[i, j] = -1e10
    return mask
# == causal_mask | diagonal
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq))
    for i in range(n_seq):
        for j in range(n_seq):
            if j >= i:
                mask[i, j] = -1e10
    return mask
# == causal_mask | -inf, NaN
def causal_mask(n_seq):
    return (1 - np.tril(np.ones((n_seq, n_seq)))) * -np.inf
# == causal_mask | 1 and 0|added
def causal_mask(n_seq):
    return np.tril(np.ones((n_seq, n_seq)))
# == causal_mask | True
def causal_mask(n_seq):
    return np.tril(np.ones((n_seq, n_seq), dtype=bool))
# == causal_mask | brackets
def causal_mask(n_seq):
    mask = np.zeros(n_seq, n_seq)
    mask[np.triu_indices(n_seq, 1)] = -1e10
    return mask
# == causal_mask | show|hide
def causal_mask(n_seq):
    return np.tril(np.full((n_seq, n_seq), -1e10))
# == causal_mask | hides nothing
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq))
    return mask
# == causal_mask | positive
def causal_mask(n_seq):
    return np.triu(np.full((n_seq, n_seq), 1e10), k=1)
# == causal_mask | range
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq))
    for i in n_seq:
        mask[i, i + 1:] = -1e10
    return mask
# == attention | sqrt(d_head)
def attention(q, k, v, mask):
    scores = q @ k.transpose(0, 2, 1)
    return softmax(scores + mask) @ v
# == attention | mask, not 0
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = np.where(mask == 0, scores, -np.inf)
    return softmax(scores) @ v
# == attention | mask, not 0
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = np.where(mask == 0, scores, -1e9)
    return softmax(scores) @ v
# == attention | mask, not 0
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = np.where(mask.astype(bool), -np.inf, scores)
    return softmax(scores) @ v
# == attention | mask, negative
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores[:, mask < 0] = -np.inf
    return softmax(scores) @ v
# == attention | shows, hides
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = np.where(mask == 0, -1e9, scores)
    return softmax(scores) @ v
# == attention | shows, hides
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = np.where(mask == 0, -np.inf, scores)
    return softmax(scores) @ v
# == attention | 1, visible|may look
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = scores * mask - 1e9 * (1 - mask)
    return softmax(scores) @ v
# == attention | mask, 1 where, hidden
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores += mask * -1e9
    return softmax(scores) @ v
# == attention | after softmax
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    weights = softmax(scores)
    weights = np.where(mask < 0, 0, weights)
    return weights @ v
# == attention | swapaxes|transpose
def attention(q, k, v, mask):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v
# == attention | k.T|three axes
def attention(q, k, v, mask):
    scores = q @ k.T / np.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v
# == attention | number by number|matrix product, @
def attention(q, k, v, mask):
    scores = q * k / np.sqrt(q.shape[-1])
    return softmax(scores + mask) * v
# == attention | softmax, dim|axis
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    return softmax(scores + mask, dim=-1) @ v
# == attention | first head|return
def attention(q, k, v, mask):
    out = []
    for h in range(len(q)):
        scores = q[h] @ k[h].T / np.sqrt(q.shape[-1])
        out.append(softmax(scores + mask) @ v[h])
        return np.array(out)
# == attention | order|parameters|contract
def attention(k, q, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v
# == attention | permute, transpose
def attention(q, k, v, mask):
    scores = q @ k.permute(0, 2, 1) / np.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v
# == attention | masked_fill, np.where
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    scores = scores.masked_fill(mask == 0, -1e9)
    return softmax(scores) @ v
# == attention | d_head|d_k
def attention(q, k, v, mask):
    d_head = q.shape[-1]
    scores = q @ k.swapaxes(-1, -2) / d_head
    return softmax(scores + mask) @ v
# == attention | never uses the mask
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(k.shape[-1])
    return softmax(scores) @ v
# == attention | size, number
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.size(-1))
    return softmax(scores + mask) @ v
# == causal_mask | np.array
def causal_mask(n_seq):
    return [[0 if j <= i else -1e10 for j in range(n_seq)] for i in range(n_seq)]
# == causal_mask | ==
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq))
    for i in range(n_seq):
        for j in range(i, n_seq - 1):
            mask[i, j + 1] == -1e10
    return mask
# == attention | bracket, before +
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    return softmax(scores) + mask @ v
# == attention | bracket, before +
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    return softmax(scores + mask @ v)
# == attention | numbers, added
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    scores[mask] = -np.inf
    return softmax(scores) @ v
# == attention | subtracts
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    scores = scores - mask
    return softmax(scores) @ v
# == causal_mask | [[0] * n_seq] * n_seq, one row
def causal_mask(n_seq):
    mask = [[0] * n_seq] * n_seq
    for i in range(n_seq):
        for j in range(i + 1, n_seq):
            mask[i][j] = -1e10
    return mask
# == causal_mask | list, several axes
def causal_mask(n_seq):
    mask = [[0 for j in range(n_seq)] for i in range(n_seq)]
    mask[np.triu_indices(n_seq, 1)] = -1e10
    return mask
# == causal_mask | list, several axes
def causal_mask(n_seq):
    mask = [[0] * n_seq for _ in range(n_seq)]
    for i in range(n_seq):
        for j in range(i + 1, n_seq):
            mask[i, j] = -1e10
    return mask
# == causal_mask | list, arrays
def causal_mask(n_seq):
    mask = [[1 if j <= i else 0 for j in range(n_seq)] for i in range(n_seq)]
    return (1 - mask) * -1e10
# == causal_mask | list, array
def causal_mask(n_seq):
    mask = [[0 if j <= i else 1 for j in range(n_seq)] for i in range(n_seq)]
    return mask * -1e10
# == causal_mask | repeats the list
def causal_mask(n_seq):
    mask = [[0 if j <= i else 1 for j in range(n_seq)] for i in range(n_seq)]
    return mask * -10
# == attention | list, array
def attention(q, k, v, mask):
    out = []
    for h in range(len(q)):
        scores = [[sum(q[h][i] * k[h][j]) / len(q[h][i]) ** 0.5 for j in range(len(k[h]))] for i in range(len(q[h]))]
        out.append(softmax(scores + list(mask)) @ v[h])
    return np.array(out)
# == causal_mask | shape|tuple|zeros|dtype|data type
def causal_mask(n_seq):
    mask = np.zeros(n_seq, n_seq)
    for i in range(n_seq):
        mask[i, i + 1 :] = -1e10
    return mask
# == causal_mask | nan|inf
def causal_mask(n_seq):
    return np.triu(np.ones((n_seq, n_seq)), k=1) * -np.inf
# == causal_mask | return|none
def causal_mask(n_seq):
    mask = np.full((n_seq, n_seq), -1e10)
    mask = np.triu(mask, 1)
# == causal_mask | bool|true|false|additive|added|-1e10
def causal_mask(n_seq):
    return np.tril(np.ones((n_seq, n_seq))).astype(bool)
# == attention | transpose|k.t|shape|mismatch|axes
def attention(q, k, v, mask):
    d = q.shape[-1]
    scores = q @ k.T / np.sqrt(d) + mask
    return softmax(scores) @ v
# == attention | d_head
def attention(q, k, v, mask):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(d_head)
    return softmax(scores + mask) @ v
# == attention | tuple|index|shape|sqrt
def attention(q, k, v, mask):
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape)
    return softmax(scores + mask) @ v
# == attention | mask
def attention(q, k, v, mask):
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
    np.add(scores, mask)
    weights = softmax(scores)
    return weights @ v
# == attention | bracket|softmax|order
def attention(q, k, v, mask):
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
    return softmax((scores + mask) @ v)
# == attention | head|q[0]|list|index|append|last
def attention(q, k, v, mask):
    for h in range(q.shape[0]):
        scores = q[h] @ k[h].T / np.sqrt(q.shape[2])
        out = softmax(scores + mask) @ v[h]
    return out
