// Reserves space for a label in Graphviz. Only sizes are passed, never a text of a user.

/** Returns an empty label of this size, in points. */
export function labelBox(width: number, height: number) {
  const size = `WIDTH="${Math.ceil(width)}" HEIGHT="${Math.ceil(height)}"`;
  return { html: `<TABLE BORDER="0" FIXEDSIZE="TRUE" ${size}><TR><TD></TD></TR></TABLE>` };
}
