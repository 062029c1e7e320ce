/**
 * Forms that make a passkey or sign with one: `<form data-passkey="create|get" data-options="ADDRESS" hidden>` with a hidden field
 * `credential` and a `.failed` text. Without a browser that knows passkeys the form stays hidden.
 * @module
 */

/**
 * Ask the server what to sign, let the browser do it, and send the answer by the form itself.
 * @param {HTMLFormElement} form
 */
async function answer(form) {
  const asked = await fetch(form.dataset.options ?? "", { method: "POST", headers: { accept: "application/json" } });
  if (!asked.ok) throw new Error(String(asked.status));
  const options = await asked.json();
  const credential = form.dataset.passkey === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  const field = form.elements.namedItem("credential");
  if (!(credential instanceof PublicKeyCredential) || !(field instanceof HTMLInputElement)) throw new Error("no passkey");
  field.value = JSON.stringify(credential.toJSON());
  form.submit();
}

/** @param {HTMLFormElement} form */
function prepare(form) {
  const button = form.querySelector("button");
  const failed = form.querySelector(".failed");
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button) button.disabled = true;
    if (failed instanceof HTMLElement) failed.hidden = true;
    answer(form).catch(() => {
      if (failed instanceof HTMLElement) failed.hidden = false;
      if (button) button.disabled = false;
      button?.focus();
    });
  });
}

if (window.PublicKeyCredential && "parseRequestOptionsFromJSON" in PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) if (form instanceof HTMLFormElement) prepare(form);
}
