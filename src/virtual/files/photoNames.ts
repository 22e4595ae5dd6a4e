/** Where the photo or video of this number lies below `Media`: `DCIM/100APPLE/IMG_0000.HEIC`. */
export function photoPathOf(index: number): string {
	const extension = { movie: 'MOV', png: 'PNG', heic: 'HEIC' }[photoKindOf(index)];
	return `DCIM/${photoFolderOf(index)}/IMG_${photoNumberOf(index)}.${extension}`;
}

export function photoKindOf(index: number): 'movie' | 'png' | 'heic' {
	return index % 9 === 8 ? 'movie' : index % 4 === 3 ? 'png' : 'heic';
}

export function photoFolderOf(index: number): string {
	return `${100 + Math.floor(index / 1000)}APPLE`;
}

export function photoNumberOf(index: number): string {
	return String(index % 10_000).padStart(4, '0');
}
