// What the pages say of jobs alike: where a job is shown, and how a query asks for a status.
export const jobLink = (root, expid, name) =>
  `${root}/experiments/${encodeURIComponent(expid)}/jobs/${encodeURIComponent(name)}`;

// A query that asks for one status instead of those that it asked for; for all without one.
export const withStatus = (q, status) =>
  `${q.replace(/(^|\s)status:\S+/g, " ").trim()} ${status ? `status:${status}` : ""}`.trim();
