// Room for a label in Graphviz: only sizes go in, never a text that a user wrote.

/** A label that is nothing but a box of the given size, in points. */
export function labelBox(width: number, height: number) {
  const size = `WIDTH="${Math.ceil(width)}" HEIGHT="${Math.ceil(height)}"`;
  return { html: `<TABLE BORDER="0" FIXEDSIZE="TRUE" ${size}><TR><TD></TD></TR></TABLE>` };
}
