// Bundles: a zip archive of model.skops, metadata.json and manifest.json, stored without compression.

const LOCAL_HEADER = 0x04034b50;
const HEADER_BYTES = 30;

/**
 * Read the members of a stored zip archive by their local headers.
 * @param {ArrayBuffer} buffer
 * @returns {Map<string, Uint8Array>} empty where it is no such archive
 */
function storedMembers(buffer) {
	const view = new DataView(buffer);
	const members = new Map();
	let at = 0;
	while (at + HEADER_BYTES <= view.byteLength && view.getUint32(at, true) === LOCAL_HEADER) {
		const [method, size] = [view.getUint16(at + 8, true), view.getUint32(at + 18, true)];
		const nameEnd = at + HEADER_BYTES + view.getUint16(at + 26, true);
		const dataFrom = nameEnd + view.getUint16(at + 28, true);
		if (method !== 0 || dataFrom + size > view.byteLength) return new Map();
		const name = new TextDecoder().decode(new Uint8Array(buffer, at + HEADER_BYTES, nameEnd - at - HEADER_BYTES));
		members.set(name, new Uint8Array(buffer, dataFrom, size));
		at = dataFrom + size;
	}
	return members;
}

/**
 * The texts of a bundle's metadata and manifest.
 * @param {ArrayBuffer} buffer
 * @returns {{metadata: string, manifest: string} | null} null where the file is no bundle
 */
export function readBundle(buffer) {
	const members = storedMembers(buffer);
	if (!members.has("model.skops") || !members.has("metadata.json")) return null;
	/** @type {(name: string) => string} */
	const text = name => new TextDecoder().decode(members.get(name) ?? new Uint8Array());
	return { metadata: text("metadata.json"), manifest: text("manifest.json") };
}
