export function python(name: string): string | undefined;
export function preparePython(name: string): Promise<string | undefined>;
export function judges(): string[];
