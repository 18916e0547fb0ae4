// The browser's part: themes, times that run by themselves, the link to the server. No framework; everything else is drawn by the server.
(() => {
  'use strict';
  const root = document.documentElement;
  const skew = Number(root.dataset.now) - Date.now();
  const now = () => Date.now() + skew;
  const language = root.lang || 'es';
  const zone = root.dataset.zone || undefined;
  const format = options => {
    try { return new Intl.DateTimeFormat(language, { ...options, timeZone: zone }); } catch { return new Intl.DateTimeFormat(language, options); }
  };
  const clock = format({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const day = format({ day: 'numeric', month: 'short' });
  const dayOfYear = format({ day: 'numeric', month: 'short', year: 'numeric' });
  const minute = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const dayNames = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const yesterday = dayNames.format(-1, 'day');
  const ago = new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'short' });
  const remember = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`; };

  // ---- times
  const running = new Set();
  const units = [[60, 'second', 1], [3600, 'minute', 60], [86400, 'hour', 3600], [86400 * 14, 'day', 86400], [Infinity, 'week', 604800]];

  class Ticking extends HTMLElement {
    static observedAttributes = ['at'];
    connectedCallback() { running.add(this); this.tick(); }
    disconnectedCallback() { running.delete(this); }
    attributeChangedCallback() { this.tick(); }
    get at() { return Number(this.getAttribute('at')); }
    tick() { const text = this.text(); if (this.textContent !== text) this.textContent = text; }
  }

  // <time-ago at="ms">: hace 8 min
  customElements.define('time-ago', class extends Ticking {
    text() {
      const seconds = Math.max(0, (now() - this.at) / 1000);
      const [, unit, size] = units.find(([below]) => seconds < below);
      return ago.format(-Math.floor(seconds / size), unit);
    }
  });

  // <time-run at="ms">: since then, mm:ss
  customElements.define('time-run', class extends Ticking {
    text() {
      const seconds = Math.max(0, Math.floor((now() - this.at) / 1000));
      const two = n => String(n).padStart(2, '0');
      const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
      return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
    }
  });

  // <clock-time at="ms">: 12:03:10, with the day when it is not today's
  customElements.define('clock-time', class extends Ticking {
    text() { return sayMoment(this.at); }
  });

  // <near-time at="ms">: hace 8 min; after an hour 9:41, ayer 21:14, 4 may 21:14
  customElements.define('near-time', class extends Ticking {
    text() {
      const seconds = Math.max(0, (now() - this.at) / 1000);
      if (seconds < 3600) return ago.format(-Math.floor(seconds < 60 ? seconds : seconds / 60), seconds < 60 ? 'second' : 'minute');
      const said = dayOfYear.format(this.at);
      if (said === dayOfYear.format(now())) return minute.format(this.at);
      if (said === dayOfYear.format(now() - 86400000)) return `${yesterday} ${minute.format(this.at)}`;
      return `${said.slice(-4) === dayOfYear.format(now()).slice(-4) ? day.format(this.at) : said} ${minute.format(this.at)}`;
    }
  });

  // <due-time at="ms">: en 8 min, hace 2 min; further away 9:15, mañana 9:15, 4 may 9:15
  customElements.define('due-time', class extends Ticking {
    text() {
      const seconds = (this.at - now()) / 1000;
      const late = seconds < 0;
      this.closest('[data-due]')?.setAttribute('data-due', late ? 'late' : seconds < 600 ? 'soon' : 'later');
      if (Math.abs(seconds) < 3600) return ago.format((late ? Math.ceil : Math.floor)(seconds / (Math.abs(seconds) < 60 ? 1 : 60)), Math.abs(seconds) < 60 ? 'second' : 'minute');
      const said = dayOfYear.format(this.at);
      const near = [0, 1, -1].find(days => said === dayOfYear.format(now() + days * 86400000));
      if (near === 0) return minute.format(this.at);
      return `${near === undefined ? day.format(this.at) : dayNames.format(near, 'day')} ${minute.format(this.at)}`;
    }
  });

  const sayMoment = at => day.format(at) === day.format(now()) ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`;
  setInterval(() => { if (!document.hidden) running.forEach(time => time.tick()); }, 1000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) running.forEach(time => time.tick()); });

  // ---- theme, menu, copying
  const showTheme = () => {
    const theme = root.dataset.theme;
    document.querySelectorAll('link[data-scheme]').forEach(link => {
      const scheme = link.dataset.scheme;
      const media = theme === 'system' ? `(prefers-color-scheme: ${scheme})` : theme === scheme ? 'all' : 'not all';
      if (link.media !== media) link.media = media;
    });
    document.querySelectorAll('[data-does=theme]').forEach(button => button.setAttribute('aria-pressed', String(button.value === theme)));
  };

  const does = {
    theme: button => { root.dataset.theme = button.value; remember('theme', button.value); showTheme(); },
    nav: () => {
      root.toggleAttribute('data-nav-open');
      document.querySelectorAll('.top [data-does=nav]').forEach(button => button.setAttribute('aria-expanded', String(root.hasAttribute('data-nav-open'))));
    },
    fold: () => { root.dataset.nav = root.dataset.nav === 'icons' ? 'wide' : 'icons'; remember('nav', root.dataset.nav); },
    filters: button => button.setAttribute('aria-expanded', String(button.getAttribute('aria-expanded') !== 'true')),
    reload: () => location.reload(),
    copy: button => copy(button),
    print: () => window.print(),
  };

  const copy = async button => {
    try {
      await navigator.clipboard.writeText(button.dataset.text);
    } catch {
      // Without HTTPS browsers keep the clipboard to themselves; the old way still works.
      const area = Object.assign(document.createElement('textarea'), { value: button.dataset.text });
      button.after(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    button.dataset.done = '';
    setTimeout(() => delete button.dataset.done, 1500);
  };

  document.addEventListener('click', event => {
    const button = event.target.closest('[data-does]');
    if (!button) return;
    if (button.tagName === 'A') event.preventDefault();
    if (button.dataset.does === 'copy') { event.stopPropagation(); event.preventDefault(); }
    does[button.dataset.does]?.(button);
  }, true);
  document.addEventListener('click', event => { if (event.target.closest('.nav a')) root.removeAttribute('data-nav-open'); });
  document.addEventListener('keydown', event => { if (event.key === 'Escape') root.removeAttribute('data-nav-open'); });
  // From the foot of a long page the navigation is sixty stops away: what an operator goes to between calls has a key.
  document.addEventListener('keydown', event => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.key.toLowerCase() !== 'r') return;
    const link = document.querySelector('[aria-keyshortcuts="Alt+R"]');
    if (link) { event.preventDefault(); link.click(); }
  });
  document.addEventListener('click', event => { if (event.target.closest('[data-top]')) window.scrollTo(0, 0); });
  document.addEventListener('toggle', showTheme, true);
  document.querySelectorAll('[data-browser-zone]').forEach(field => { field.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone; });
  showTheme();

  // ---- which columns of the list of calls this browser shows
  const stored = { get: name => { try { return localStorage.getItem(name); } catch { return null; } }, set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* until the page is left */ } } };
  const columns = new Set((stored.get('call-columns') ?? 'line queue operator wait talk').split(' ').filter(Boolean));
  const showColumns = () => {
    root.dataset.columns = [...columns].join(' ');
    root.toggleAttribute('data-columns-many', columns.size > 6);
    document.querySelectorAll('[data-column]').forEach(box => { box.checked = columns.has(box.dataset.column); });
  };
  document.addEventListener('change', event => {
    const name = event.target.dataset?.column;
    if (!name) return;
    if (event.target.checked) columns.add(name); else columns.delete(name);
    stored.set('call-columns', [...columns].join(' '));
    showColumns();
  });
  document.addEventListener('toggle', event => { if (event.target.matches('.drop')) showColumns(); }, true);
  showColumns();

  // ---- what drops open closes by itself
  const closeDrops = except => document.querySelectorAll('details.drop[open]').forEach(drop => { if (drop !== except) drop.open = false; });
  document.addEventListener('click', event => closeDrops(event.target.closest('details.drop')));

  // ---- rows: up and down move, Enter opens (the row is a link), Space picks, Escape closes what is open beside them
  const linkOf = row => row?.querySelector('th a');
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.key === 'Escape') {
      const drop = document.querySelector('details.drop[open]');
      if (drop) { drop.open = false; drop.querySelector('summary').focus(); return; }
      if (!document.querySelector(':popover-open') && !event.target.closest('select, input')) document.querySelector('.drawer [data-closes]')?.click();
      return;
    }
    const row = event.target.closest('[data-rows] tr[data-row]');
    if (!row) return;
    const rows = [...row.closest('table').querySelectorAll('tr[data-row]')];
    const to = { ArrowDown: rows.indexOf(row) + 1, ArrowUp: rows.indexOf(row) - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      linkOf(rows[to])?.focus();
    } else if (event.key === ' ' && event.target.tagName === 'A') {
      event.preventDefault();
      row.querySelector('input[type=checkbox]').click();
    }
  });
  document.addEventListener('click', event => {
    if (event.target.closest('[data-closes]')) {
      const open = document.querySelector('[data-rows] tr.open');
      if (open) linkOf(open).focus({ preventScroll: true });
      return;
    }
    const row = event.target.closest('[data-rows] tr[data-row]');
    if (row && !event.target.closest('a, button, input, label') && String(getSelection()) === '') linkOf(row).click();
  });

  // ---- lists that open under a field while one types: down and up move, Enter and Tab take, Escape closes
  const optionsOf = field => [...(document.getElementById(field.getAttribute('aria-controls'))?.querySelectorAll('[role=option]') ?? [])];
  const activeOf = field => optionsOf(field).find(option => option.id === field.getAttribute('aria-activedescendant')) ?? optionsOf(field).find(option => option.getAttribute('aria-selected') === 'true');
  const activate = (field, option) => {
    optionsOf(field).forEach(other => other.toggleAttribute('data-active', other === option));
    if (option) { field.setAttribute('aria-activedescendant', option.id); option.scrollIntoView({ block: 'nearest' }); } else field.removeAttribute('aria-activedescendant');
  };

  // ---- lines of a quote: Enter goes on to the next one, also to one that the server has still to draw
  let wanted = 0;
  const nextLine = line => {
    const next = line.nextElementSibling?.querySelector('[data-reference]');
    if (next) next.focus(); else wanted = Date.now();
  };
  new MutationObserver(() => {
    if (!wanted) return;
    const line = document.activeElement?.closest('[data-line]');
    if (!line || Date.now() - wanted > 2000) wanted = 0;
    else if (line.nextElementSibling?.matches('[data-line]')) { wanted = 0; nextLine(line); }
  }).observe(document.body, { childList: true, subtree: true });

  document.addEventListener('keydown', event => {
    const field = event.target;
    if (event.ctrlKey && event.key === 'Delete') { field.closest('[data-line]')?.querySelector('[data-removes]')?.click(); return; }
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const options = field.matches?.('[data-suggest]') ? optionsOf(field) : [];
    if (options.length > 0) {
      const active = activeOf(field);
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        const at = active ? options.indexOf(active) + (event.key === 'ArrowDown' ? 1 : -1) : event.key === 'ArrowDown' ? 0 : options.length - 1;
        activate(field, options[(at + options.length) % options.length]);
        return;
      }
      if (event.key === 'Escape') { event.stopPropagation(); activate(field, null); field.blur(); field.focus(); return; }
      if ((event.key === 'Enter' || event.key === 'Tab') && active) active.click();
    }
    const line = field.closest?.('[data-line]');
    if (line && event.key === 'Enter' && field.tagName === 'INPUT') {
      event.preventDefault();
      nextLine(line);
    }
  }, true);
  document.addEventListener('input', event => { if (event.target.matches?.('[data-suggest]')) activate(event.target, null); });

  // ---- the link to the server
  if (!window.Blazor) return;
  const timeout = 4500;
  let trying = false;

  const say = (state, until) => {
    root.dataset.link = state;
    if (until) document.querySelectorAll('[data-until]').forEach(time => { time.textContent = sayMoment(until); time.dateTime = new Date(until).toISOString(); });
  };

  const sleep = ms => new Promise(done => setTimeout(done, ms));

  const onConnectionDown = async (_, error) => {
    if (trying) return;
    trying = true;
    // A socket that died silently was last heard when the wait began.
    const until = now() - (/timeout/i.test(error?.message ?? '') ? timeout : 0);
    const began = Date.now();
    say('reconnecting', until);
    const late = setTimeout(() => { if (trying) say('down', until); }, 2500);
    for (let attempt = 0; ; attempt++) {
      try {
        if (await Blazor.reconnect()) break;
        location.reload(); // the server is there but knows this page no more; the address holds what was shown
        return;
      } catch {
        if (Date.now() - began > 2500) say('down', until);
      }
      await sleep(Math.min(250 * 2 ** attempt, 3000) * (0.75 + Math.random() / 2));
    }
    trying = false;
    clearTimeout(late);
    say('up');
  };

  // What was drawn in advance answers nobody; the link counts from when the server's own drawing has taken its place.
  const drawn = () => new Promise(done => {
    const isDrawn = () => document.querySelector('[data-live]') !== null;
    if (isDrawn()) return done();
    const watch = new MutationObserver(() => { if (isDrawn()) { watch.disconnect(); done(); } });
    watch.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-live'] });
  });

  Blazor.start({
    circuit: {
      configureSignalR: builder => builder.withServerTimeout(timeout).withKeepAliveInterval(2000),
      reconnectionHandler: { onConnectionDown, onConnectionUp: () => { } },
    },
  }).then(drawn).then(() => { if (!trying) say('up'); }, () => { say('down', now()); setTimeout(() => location.reload(), 5000); });
  window.addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
})();
