// Passkeys: asks the server what to ask the device, the device for its answer, and hands the answer back in a form.
(() => {
  'use strict';
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  document.documentElement.setAttribute('data-passkeys', '');

  const send = async (address, body) => {
    const answer = await fetch(address, { method: 'POST', body });
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  };

  const does = {
    enter: async form => {
      const options = await (await send('/entrar/llave', new FormData(form))).json();
      const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.Credential.value = JSON.stringify(credential);
      form.submit();
    },
    add: async form => {
      const options = await (await send('/mi-cuenta/llaves/opciones', new FormData(form))).json();
      const credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
      const body = new FormData(form);
      body.set('Credential', JSON.stringify(credential));
      await send('/mi-cuenta/llaves', body);
      location.reload();
    },
  };

  document.addEventListener('submit', async event => {
    const form = event.target;
    const wanted = does[form.dataset?.passkey];
    if (!wanted) return;
    event.preventDefault();
    event.stopPropagation();
    const failed = form.querySelector('[data-failed]');
    failed.hidden = true;
    try {
      await wanted(form);
    } catch (error) {
      // What the device or the browser says (refused, took too long) has no words for people.
      failed.textContent = error instanceof DOMException || !error.message ? failed.dataset.failed : error.message;
      failed.hidden = false;
    }
  }, true);
})();
