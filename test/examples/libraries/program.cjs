const { status } = require('./library.cjs');

async function main() {
  console.log('library', await status('https://intranet.example'));
  const error = await fetch('https://intranet.example').catch(({ cause }) => cause);
  console.log('program', error.code);
}

main();
