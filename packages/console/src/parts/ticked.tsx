/** A sentence whose words in backticks are code. */
export const Ticked = ({ text }: { readonly text: string }) => (
  <>{text.split('`').map((piece, place) => (place % 2 === 1 ? <code key={piece}>{piece}</code> : piece))}</>
);
