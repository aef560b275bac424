// During a rollout, a new document may name an asset that an old pod does not have. Loads the document again, once for
// each missing asset. A file of its own: the Content Security Policy allows no inline code.
addEventListener(
  'error',
  ({ target }) => {
    const isAsset = target instanceof HTMLScriptElement || target instanceof HTMLLinkElement;
    if (!isAsset) return;
    const mark = `reloaded for ${target.src ?? target.href}`;
    if (sessionStorage.getItem(mark)) return;
    sessionStorage.setItem(mark, 'yes');
    location.reload();
  },
  // Such an event does not bubble.
  true,
);
