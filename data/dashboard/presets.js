// What people often want, as a first choice of frameworks in the form.

/** id, title, what one gets, frameworks, and workers enough to see it work. */
const PRESETS = [
  { id: "notebook", title: "Notebook with Dask", about: "JupyterLab behind a password, and Dask on the workers.", frameworks: ["dask", "jupyter"], workers: 2 },
  { id: "spark", title: "Spark on YARN", about: "Hadoop's HDFS and YARN, and Spark that runs on them.", frameworks: ["hadoop", "spark"], workers: 3 },
  { id: "streaming", title: "Streaming: Kafka and Flink", about: "A Kafka broker and a Flink TaskManager on each worker.", frameworks: ["kafka", "flink"], workers: 3 },
];

/** Those whose frameworks the service has. */
export function presetsOf(frameworks) {
  const there = new Set(frameworks.map((f) => f.term));
  return PRESETS.filter((preset) => preset.frameworks.every((name) => there.has(name)));
}
