/** Links to the documents of the API. */
export function Footer() {
  return (
    <footer class="footer">
      <p>
        The API: <a href="/api/auth/openapi.json">users</a>,{' '}
        <a href="/api/posts/openapi.json">posts</a>
      </p>
    </footer>
  );
}
