/**
 * Draws what a command wrote to a terminal as SVG text, so that the picture is small, sharp and can be read by machines.
 */
import { stripVTControlCharacters } from 'node:util';

const palettes = {
  dark: {
    ...{ ground: '#14171c', line: '#363e49', ink: '#e8ebef', quiet: '#8b95a1' },
    ...{ red: '#f07a8b', green: '#5fbf92', yellow: '#e0b341', cyan: '#6cc5d9' },
  },
  light: {
    ...{ ground: '#ffffff', line: '#d5dae1', ink: '#1b1f24', quiet: '#6b7480' },
    ...{ red: '#b3203a', green: '#1f7a50', yellow: '#8a6100', cyan: '#0b6f85' },
  },
};
const colours = { 31: 'red', 32: 'green', 33: 'yellow', 36: 'cyan' };
const [size, row, column, margin] = [14, 20, 8.43, 18];

/** @param text - output with escape sequences, as `FORCE_COLOR=1` makes it */
export function terminalPicture(command, text, scheme) {
  const palette = palettes[scheme];
  const lines = [`$ ${command}`, ...text.trimEnd().split('\n')];
  const longest = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
  const [width, height] = [2 * margin + longest * column, 2 * margin + lines.length * row];
  const rows = lines.map(
    (line, index) => `<text y="${margin + index * row + size}">${spans(line, palette)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${height}" \
width="${Math.ceil(width)}" height="${height}" role="img" aria-label="What ${escape(command)} prints">
<rect x="0.5" y="0.5" width="${Math.ceil(width) - 1}" height="${height - 1}" rx="8" fill="${palette.ground}" stroke="${palette.line}"/>
<g fill="${palette.ink}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" \
font-size="${size}" xml:space="preserve">
${rows.join('\n')}
</g>
</svg>
`;
}

/** The text of such a picture without its command, line by line. */
export function textOfPicture(svg) {
  const lines = [...svg.matchAll(/<text[^>]*>(.*)<\/text>/g)].map(([, line]) =>
    line
      .replace(/<[^>]+>/g, '')
      .replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: '<', gt: '>', amp: '&' })[name]),
  );
  return lines.slice(1).join('\n');
}

/** Each piece has its own place, so that columns stand below each other in every font. */
function spans(line, palette) {
  let [bold, colour, at, out] = [false, undefined, 0, ''];
  for (const part of `0m${line}`.split('\u001b[')) {
    const [, code, piece] = /^(\d*)m(.*)$/.exec(part);
    if (code === '1') bold = true;
    else if (code === '2') colour = 'quiet';
    else if (code === '22' || code === '0' || code === '') [bold, colour] = [false, undefined];
    else if (code === '39') colour = undefined;
    else colour = colours[code];
    if (piece === '') continue;
    for (const [word] of piece.matchAll(/\s{2,}|(?:\S|\s(?=\S))+|\s/g)) {
      if (word.trim() !== '') {
        const style = `${bold ? ' font-weight="700"' : ''}${colour ? ` fill="${palette[colour]}"` : ''}`;
        out += `<tspan x="${(margin + at * column).toFixed(1)}"${style}>${escape(word)}</tspan>`;
      } else out += word;
      at += word.length;
    }
  }
  return out;
}

function escape(text) {
  return text.replace(/[<>&]/g, (one) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;' })[one]);
}
