// The bar of calls, the browser's part: keys, sound, desktop notice, the flashing title, room for the bar at the foot of the page.
(() => {
  'use strict';
  const root = document.documentElement;
  const stored = {
    get: name => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* until the page is left */ } },
  };
  const bar = () => document.querySelector('[data-callbar]');

  // ---- what this browser may do when it rings: nothing until somebody says so
  const wants = name => stored.get(`ring-${name}`) === 'yes' && (name !== 'notice' || ('Notification' in window && Notification.permission === 'granted'));
  const volume = () => Number(stored.get('ring-volume') ?? 50) / 100;
  const showWishes = () => {
    document.querySelectorAll('[data-ring]').forEach(box => { box.checked = wants(box.dataset.ring); });
    document.querySelectorAll('[data-ring-volume]').forEach(slider => { slider.value = stored.get('ring-volume') ?? 50; });
  };
  document.addEventListener('change', async event => {
    const name = event.target.dataset?.ring;
    if (event.target.matches?.('[data-ring-volume]')) { stored.set('ring-volume', event.target.value); chime(1); }
    if (!name) return;
    stored.set(`ring-${name}`, event.target.checked ? 'yes' : 'no');
    if (event.target.checked && name === 'notice' && 'Notification' in window) await Notification.requestPermission();
    if (event.target.checked && name === 'sound') chime(1);
    showWishes();
  });
  document.addEventListener('toggle', showWishes, true);
  showWishes();

  // ---- sound: two soft tones, as long as it rings
  let speaker, ringing;
  const chime = times => {
    speaker ??= new AudioContext();
    speaker.resume();
    for (let i = 0; i < times; i++)
      for (const [pitch, at] of [[660, 0], [880, 0.22]]) {
        const [tone, loud, begin] = [speaker.createOscillator(), speaker.createGain(), speaker.currentTime + i * 2 + at];
        tone.frequency.value = pitch;
        loud.gain.setValueAtTime(0, begin);
        loud.gain.linearRampToValueAtTime(0.3 * volume(), begin + 0.03);
        loud.gain.linearRampToValueAtTime(0, begin + 0.2);
        tone.connect(loud).connect(speaker.destination);
        tone.start(begin);
        tone.stop(begin + 0.25);
      }
  };
  const rings = () => bar()?.dataset.tells || '';
  const keepRinging = () => {
    clearInterval(ringing);
    chime(1);
    ringing = setInterval(() => { if (rings()) chime(1); else clearInterval(ringing); }, 2000);
  };

  window.callbar = {
    mayTell: () => wants('sound') || wants('notice'),
    tell: (call, who, title) => {
      root.dataset.told = `${root.dataset.told ?? ''} ${call}`.trim();
      if (wants('sound')) keepRinging();
      if (!wants('notice') || (document.visibilityState === 'visible' && document.hasFocus())) return;
      const notice = new Notification(title, { body: who, tag: `call-${call}`, icon: '/mark.svg' });
      notice.onclick = () => { window.focus(); notice.close(); };
      const close = setInterval(() => { if (!rings()) { notice.close(); clearInterval(close); } }, 500);
    },
  };

  // ---- the title says who calls while it rings
  let plain = null;
  setInterval(() => {
    const who = rings();
    if (!who && plain === null) return;
    if (!who) { document.title = plain; plain = null; return; }
    const shown = `☎ ${who}`;
    if (document.title !== shown) { plain = document.title; document.title = shown; } else document.title = plain ?? '';
  }, 1000);

  // ---- keys: Alt and a letter do what is on the first call; Escape folds the bar, again it unfolds
  document.addEventListener('keydown', event => {
    if (event.altKey && !event.ctrlKey && !event.metaKey && /^[pcen]$/i.test(event.key)) {
      const button = bar()?.querySelector(`[data-key=${event.key.toLowerCase()}]`);
      if (button) { event.preventDefault(); delete bar().dataset.folded; button.click(); }
      if (/n/i.test(event.key) && bar()) { event.preventDefault(); focusNote(); }
    }
    if (event.key === 'Escape' && bar()?.contains(event.target)) { bar().toggleAttribute('data-folded'); event.stopPropagation(); }
  });
  const focusNote = (tries = 20) => {
    const note = bar()?.querySelector('[data-note]');
    if (note) note.focus(); else if (tries > 0) setTimeout(() => focusNote(tries - 1), 50);
  };

  // ---- what lies at the foot of the page makes room
  const measure = new ResizeObserver(() => root.style.setProperty('--callbar', `${bar()?.offsetHeight ?? 0}px`));
  let watched;
  new MutationObserver(() => {
    if (bar() === watched) return;
    if (watched) measure.unobserve(watched);
    watched = bar();
    if (watched) measure.observe(watched);
  }).observe(document.body, { childList: true, subtree: true });
})();
