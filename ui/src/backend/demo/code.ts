// A picture in the manner of a QR code. It says nothing: the real one comes from the program.

export function code(): string {
  // As large as that of a real link.
  const size = 69;
  const finder = (x: number, y: number) => `<path d="M${x} ${y}h7v7h-7zm1 1v5h5v-5z" fill-rule="evenodd"/><path d="M${x + 2} ${y + 2}h3v3h-3z"/>`;
  const side = size + 8;
  let seed = 7;
  let dots = "";
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const corner = (x < 8 && y < 8) || (x >= size - 8 && y < 8) || (x < 8 && y >= size - 8);
      if (!corner && seed > 1073741824) dots += `M${x} ${y}h1v1h-1z`;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${side * 3}" height="${side * 3}" viewBox="-4 -4 ${side} ${side}" shape-rendering="crispEdges"><path fill="#fff" d="M-4-4h${side}v${side}h-${side}z"/>${finder(0, 0)}${finder(size - 7, 0)}${finder(0, size - 7)}<path d="${dots}"/></svg>`;
}
