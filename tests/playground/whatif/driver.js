// Answers questions to the engine: a line of JSON in, a line of JSON out, and numbers behind it as float64.
function serve(engineParts) {
  const fs = require("fs");
  const contents = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
  const parts = engineParts;
  const model = parts.unpackModel(contents.facts, contents.numbers);
  const tokenizer = parts.makeTokenizer(contents.tokens);
  let engine = parts.makeEngine(model);
  const answers = {
    logits({ ids, change, fresh }) {
      if (fresh) engine = parts.makeEngine(model);
      return parts.logits(engine, parts.run(engine, ids, change));
    },
    // Token by token, the past kept.
    grown({ ids, change, start }) {
      let result = parts.run(engine, ids.slice(0, start), change);
      const rows = [];
      for (let n = start + 1; n <= ids.length; n += 1) {
        result = parts.run(engine, ids.slice(0, n), change, result);
        rows.push(...parts.logits(engine, result).data);
      }
      return { rows: ids.length - start, cols: rows.length / (ids.length - start), data: Float64Array.from(rows) };
    },
    weights({ ids, change, block, head }) {
      return parts.run(engine, ids, change).layers.find((layer) => layer.block === block).weights[head];
    },
    encode: ({ texts }) => texts.map((text) => parts.encode(text, tokenizer)),
    decode: ({ lists }) => lists.map((ids) => parts.decode(ids, tokenizer)),
    probs({ scores, settings, written }) {
      const { probs } = parts.nextTokenProbs(scores, settings, written);
      return { rows: 1, cols: probs.length, data: probs };
    },
    surprise: ({ row, token }) => parts.surprise({ cols: row.length, data: row }, 0, token),
    erf: ({ xs }) => ({ rows: 1, cols: xs.length, data: Float64Array.from(xs, parts.erf) }),
    mistakes: () => Object.keys(parts.MISTAKES),
    rivals: ({ id }) => parts.rivals(id),
    // How many blocks a change computes again, after the unchanged run; and how long that takes.
    edit({ ids, change }) {
      engine = parts.makeEngine(model);
      parts.run(engine, ids);
      engine.computed = 0;
      const start = performance.now();
      const result = parts.run(engine, ids, change);
      parts.logits(engine, result, ids.length - 1);
      return { computed: engine.computed, ms: performance.now() - start };
    },
  };
  let rest = "";
  process.stdin.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      let answer;
      try {
        const question = JSON.parse(line);
        answer = answers[question.ask](question);
      } catch (error) {
        answer = { error: String(error.stack) };
      }
      if (answer?.data) {
        process.stdout.write(`${JSON.stringify({ shape: [answer.rows, answer.cols] })}\n`);
        process.stdout.write(Buffer.from(answer.data.buffer, answer.data.byteOffset, answer.data.byteLength));
      } else {
        process.stdout.write(`${JSON.stringify(answer)}\n`);
      }
    }
  });
}
