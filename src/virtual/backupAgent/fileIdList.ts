/** Many file IDs in little memory: 20 bytes each instead of a string of 40 characters. */
export class FileIdList {
	#bytes = Buffer.allocUnsafe(20 * 256);
	#count = 0;

	get length(): number {
		return this.#count;
	}

	push(fileId: string): void {
		if ((this.#count + 1) * ID_BYTES > this.#bytes.length) {
			this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafe(this.#bytes.length)]);
		}
		this.#bytes.write(fileId, this.#count * ID_BYTES, 'hex');
		this.#count++;
	}

	at(index: number): string {
		return this.#bytes.toString('hex', index * ID_BYTES, (index + 1) * ID_BYTES);
	}

	/** Groups of at most `size`, in order. */
	*groups(size: number): Generator<string[]> {
		for (let start = 0; start < this.#count; start += size) {
			yield Array.from({ length: Math.min(size, this.#count - start) }, (_, index) => this.at(start + index));
		}
	}
}

const ID_BYTES = 20;
