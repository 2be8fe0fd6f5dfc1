/** The packages of package-lock.json, which ../setup installs outside the tree. */

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire( new URL( '../../../var/tools/interop/package.json', import.meta.url ) );

/** A package, as `import` gives it. */
export const load = ( name ) => import( pathToFileURL( require.resolve( name ) ).href );
