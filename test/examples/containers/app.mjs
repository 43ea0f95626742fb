const answer = async () => {
  try {
    return (await fetch('https://intranet.example')).status;
  } catch (error) {
    return error.cause?.code ?? error.message;
  }
};

// Every half second, until it is stopped, for a look at a bundle that changes.
do {
  console.log(await answer());
  await new Promise((done) => setTimeout(done, 500));
} while (process.env.REPEAT === '1');
