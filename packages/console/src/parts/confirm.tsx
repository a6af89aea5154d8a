import { Dialog, useOwnClose } from './dialog.tsx';
import { Form } from './form.tsx';

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly close: () => void;
  readonly send: () => Promise<unknown>;
}

/** Asks before what cannot be taken back. */
export function Confirm({ title, text, action, close, send }: ConfirmProps) {
  const closeOwn = useOwnClose(close);
  return (
    <Dialog title={title} close={close}>
      <Form
        submit={action}
        danger
        cancel={close}
        fields={[]}
        send={async () => {
          await send();
          closeOwn();
        }}
      >
        {() => <p>{text}</p>}
      </Form>
    </Dialog>
  );
}
