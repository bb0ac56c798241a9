// What several scripts ask of a page.

// Calls `wake` whenever a page is on the screen: after a visit, a refused form, a morph. It must bear being called twice.
export function onPage(wake) {
  for (const name of ["turbo:load", "turbo:render"]) document.addEventListener(name, wake);
}

// Calls `act` with the form and whether the server took it. The form may be off the page by then. What is taken leads on
// to another page, even to one that is no longer this reader's to see; whoever must sign in first has sent nothing yet.
export function onSent(act) {
  document.addEventListener("turbo:submit-end", ({ detail: { formSubmission, fetchResponse } }) => {
    const taken = fetchResponse && fetchResponse.redirected && fetchResponse.location.pathname !== "/sign-in";
    act(formSubmission.formElement, Boolean(taken));
  });
}

// Calls `act` with a form that found no network.
export function onUnsent(act) {
  document.addEventListener("turbo:fetch-request-error", (event) => event.target instanceof HTMLFormElement && act(event.target, event));
}

export const isTyping = (element) =>
  element.matches("textarea, select, input:not([type=checkbox], [type=radio])");
