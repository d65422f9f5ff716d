// @ts-check
for (const button of document.querySelectorAll('[data-print]')) button.addEventListener('click', () => window.print())

// The code that compares paper with data stands in the lower margin of every page, where the browser can do that.
const foot = document.querySelector('[data-foot]')?.textContent?.trim()
if (foot) document.documentElement.style.setProperty('--foot', JSON.stringify(foot))

export {}
