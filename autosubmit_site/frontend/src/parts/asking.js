// Asks this site for something. Whoever is not logged in any more is sent to where they can log in,
// and comes back to the page.
export async function ask(url, options = {}) {
  const answer = await fetch(url, { credentials: "same-origin", ...options });
  if (answer.status === 401) location.reload();
  return answer;
}
