/** Calls the function as the runtime of Lambda does: it loads the module by its path, and then calls what it exports. */
const { handler } = await import(`${process.env.LAMBDA_TASK_ROOT}/handler.mjs`);

const { statusCode } = await handler({}, { functionName: process.env.AWS_LAMBDA_FUNCTION_NAME });
console.log(`handler ${statusCode}`);
