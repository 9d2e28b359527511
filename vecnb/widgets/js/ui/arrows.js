// Arrows at the end points of lines.

/** The path of arrows from both ends of a line, each along `scale` times its two numbers of `slopes`. */
export function endArrows([x1, y1, x2, y2], [dx1, dy1, dx2, dy2], scale, longest = Infinity) {
  return arrow(x1, y1, scale * dx1, scale * dy1, longest) + arrow(x2, y2, scale * dx2, scale * dy2, longest);
}

/** The path of an arrow from (x, y) along (dx, dy); empty if it is too short to be seen. */
function arrow(x, y, dx, dy, longest) {
  const wanted = Math.hypot(dx, dy), length = Math.min(wanted, longest);
  if (!(length > 0.006)) return "";
  [dx, dy] = [dx * length / wanted, dy * length / wanted];
  const head = Math.min(0.035, 0.6 * length) / length, tip = [x + dx, y + dy];
  const barb = (side) =>
    `${tip[0] - head * (dx + side * 0.6 * dy)} ${tip[1] - head * (dy - side * 0.6 * dx)}`;
  return `M${x} ${y}L${tip.join(" ")}M${barb(1)}L${tip.join(" ")}L${barb(-1)}`;
}
