/**
 * The parts of the page that do not depend on the machine. Holds no text from certificates.
 */
const field = (id: string, label: string, control: string, kind = ''): string =>
  `<div class="field ${kind}"><label for="${id}">${label}</label>${control}</div>`;

const select = (name: string, label: string): string =>
  field(`filter-${name}`, label, `<select id="filter-${name}"></select>`);

const figure = (id: string, title: string, words: string): string => `
<figure class="card" aria-labelledby="${id}-title">
<h3 id="${id}-title">${title}</h3>
<p class="hint">${words}</p>
<div id="${id}" class="chart"></div>
<details><summary>As a table</summary><div id="${id}-table"></div></details>
</figure>`;

export const skeleton = `<a class="skip" href="#certificates">Skip to the certificates</a>
<header>
<div>
<h1>Certificates of this machine</h1>
<p id="made"></p>
</div>
${field(
  'theme',
  'Colours',
  `<select id="theme"><option value="">as the system</option><option value="light">light</option>
<option value="dark">dark</option></select>`,
)}
</header>
<main>
<noscript><p class="card warning">This page needs JavaScript to show its certificates. It loads nothing.</p></noscript>
<section id="problems" class="card warning" aria-labelledby="problems-title" hidden>
<h2 id="problems-title">Could not be read</h2>
<ul></ul>
</section>
<section id="products" class="card notice" aria-labelledby="products-title" hidden></section>
<section aria-labelledby="overview-title">
<h2 id="overview-title">Overview</h2>
<ul id="tiles"></ul>
<p id="local-words" class="hint"></p>
<div class="charts">
${figure('overlap', 'Where they come from', 'Circles and what they share, by number of certificates.')}
${figure('expiry', 'When they expire', 'Certificates by the year their validity ends.')}
${figure('keys', 'Keys', 'By kind and length of key.')}
${figure('signatures', 'Signatures', 'By algorithm. A self-signed certificate is not believed for its signature.')}
</div>
</section>
<section aria-labelledby="certificates">
<h2 id="certificates" tabindex="-1">Certificates</h2>
<form id="filters" class="card" role="search" aria-label="Certificates">
${field(
  'filter-text',
  'Search',
  `<input id="filter-text" type="search" autocomplete="off" spellcheck="false"
 aria-describedby="search-words"><span id="search-words">name, issuer, fingerprint, serial number or place</span>`,
  'search',
)}
${select('verdict', 'Verdict')}
${select('reason', 'Reason')}
${select('origin', 'Source')}
${select('local', 'Installed by')}
${select('expiry', 'Validity')}
${select('key', 'Key')}
<button type="reset">Show all</button>
</form>
<details class="card"><summary>What the words mean</summary><div id="legend"></div></details>
<p id="status" role="status"></p>
<div id="downloads" class="buttons"></div>
<table id="table">
<thead><tr></tr></thead>
<tbody id="rows"></tbody>
</table>
<nav id="pages" aria-label="Pages"></nav>
</section>
</main>
<footer><p id="foot"></p></footer>`;
