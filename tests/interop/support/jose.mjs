/** The library jose. */

import { load } from './packages.mjs';

export const { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } = await load( 'jose' );
