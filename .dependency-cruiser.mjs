/**
 * The rooms of lib/ and which of them may use which; CONTRIBUTING.md says what each is for. Part of `npm run lint`.
 *
 * Imports of types and what is loaded late (`part(() => require(...))`) count as any other import does.
 */

/** From top to bottom: a room uses those below it. */
const LEVELS = [
  ['register', 'cli', 'report'],
  ['index', 'internals'],
  ['explain'],
  ['inject'],
  ['verify'],
  ['bundle', 'chain'],
  ['trust'],
  ['addon'],
  // Knows nothing of the system store.
  ['first-use'],
  ['network', 'files'],
  ['runtime'],
  ['certificate'],
  ['base'],
  ['errors', 'location'],
  ['types'],
];

const inRooms = (rooms) => `^lib/(${rooms.join('|')})(/|[.])`;

const noWayUp = LEVELS.slice(1).map((rooms, index) => ({
  name: `${rooms.join('-and-')}-uses-only-what-is-below`,
  severity: 'error',
  from: { path: inRooms(rooms) },
  to: { path: inRooms(LEVELS.slice(0, index + 1).flat()) },
}));

export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'every-file-has-a-room',
      severity: 'error',
      from: {},
      to: {
        path: '^lib/',
        pathNot: [inRooms(LEVELS.flat()), '^lib/build/'],
      },
    },
    { name: 'every-import-is-there', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'first-use-knows-no-store',
      severity: 'error',
      from: { path: inRooms(['first-use']) },
      to: { path: inRooms(['addon', 'trust']) },
    },
    {
      name: 'bundle-stands-beside-chain',
      severity: 'error',
      from: { path: inRooms(['bundle']) },
      to: { path: inRooms(['chain']) },
    },
    ...noWayUp,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    includeOnly: '^lib/',
    exclude: '^lib/report/page/',
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    detectJSDocImports: false,
    moduleSystems: ['cjs', 'es6'],
  },
};
