// The screen on a wall: hears of its numbers line by line, shows them, and says how true they are. It hangs there for months, so nothing ends it but a
// server that says it is over, and even then it asks again now and then.
(() => {
  'use strict';
  const board = document.querySelector('[data-board]');
  if (!board) return;
  const silentAfter = 9000, askEvery = 2000, askAgainEvery = 30000;
  const find = name => board.querySelector(`[data-${name}]`);
  const [numbers, clock, until, sheet] = ['numbers', 'clock', 'until', 'sheet'].map(find);
  const language = document.documentElement.lang || 'es';
  let zone = document.documentElement.dataset.zone || undefined;
  let skew = Number(document.documentElement.dataset.now) - Date.now();
  let heard = Date.now(), asking = new AbortController();

  const now = () => Date.now() + skew;
  const sleep = ms => new Promise(done => setTimeout(done, ms));
  const format = (at, options) => new Intl.DateTimeFormat(language, { ...options, timeZone: zone }).format(at);
  const time = at => format(at, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const day = at => format(at, { weekday: 'long', day: 'numeric', month: 'long' });
  const say = state => { if (board.dataset.state !== state) board.dataset.state = state; };

  // Times that run would go on as if they were true.
  const stop = () => numbers.querySelectorAll('time-run, time-ago').forEach(one => one.replaceWith(one.textContent));

  const lose = state => {
    if (board.dataset.state === 'over' || board.dataset.state === 'starting') return;
    stop();
    say(state);
  };

  const end = () => {
    numbers.replaceChildren();
    until.closest('p').hidden = true;
    say('over');
  };

  // The server was replaced by a newer one. A page that does not come would leave the browser's own error on the wall, so it is looked for first.
  let renewing = false;
  const renew = async () => {
    if (renewing) return;
    renewing = true;
    try {
      if ((await fetch(location.href, { cache: 'no-store' })).ok) location.reload();
    } catch { /* the next line tries again */ } finally { renewing = false; }
  };

  const show = told => {
    heard = Date.now();
    if (told.version !== board.dataset.version) renew();
    if (told.isOver) { end(); return; }
    if (told.isAway) { lose('away'); return; }
    skew = told.at - Date.now();
    zone = told.zone;
    numbers.innerHTML = told.html;
    until.textContent = day(told.at) === day(now()) ? time(told.at) : `${day(told.at)} ${time(told.at)}`;
    until.dateTime = new Date(told.at).toISOString();
    until.closest('p').hidden = false;
    say('live');
  };

  const read = async body => {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ''; ;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop();
      lines.forEach(line => show(JSON.parse(line)));
    }
  };

  const follow = async () => {
    for (; ;) {
      asking = new AbortController();
      heard = Date.now();
      try {
        const answer = await fetch(board.dataset.board, { redirect: 'manual', cache: 'no-store', signal: asking.signal });
        if (answer.ok) await read(answer.body);
        else if (answer.type === 'opaqueredirect' || [401, 403, 404].includes(answer.status)) end();
      } catch { /* the link broke; whatever it was, it is asked again */ }
      lose('stale');
      await sleep((board.dataset.state === 'over' ? askAgainEvery : askEvery) * (0.75 + Math.random() / 2));
    }
  };

  const tick = () => {
    const at = now();
    clock.textContent = time(at).slice(0, 5);
    clock.dateTime = new Date(at).toISOString();
    if (board.dataset.state !== 'over' && Date.now() - heard > silentAfter) { lose('stale'); asking.abort(); } // a link that died without a word
  };

  // Nothing stands on the same spot for years.
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const places = [[0, 0], [6, 3], [3, 8], [-4, 6], [-8, 0], [-5, -6], [2, -8], [7, -4]];
  let place = 0;
  const move = () => {
    const [x, y] = still.matches ? places[0] : places[++place % places.length];
    sheet.style.transform = `translate(${x}px, ${y}px)`;
  };

  let hands = 0;
  const touch = () => {
    board.dataset.hands = '';
    clearTimeout(hands);
    hands = setTimeout(() => { if (!board.querySelector('.wb-hands :focus-visible')) delete board.dataset.hands; }, 4000);
  };

  const stayAwake = () => navigator.wakeLock?.request('screen').catch(() => { /* it is the browser's to say */ });
  find('full').addEventListener('click', () => document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
  for (const name of ['pointermove', 'pointerdown', 'keydown']) addEventListener(name, touch);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) stayAwake(); });
  tick();
  setInterval(tick, 1000);
  setInterval(move, 60000);
  stayAwake();
  follow();
})();
