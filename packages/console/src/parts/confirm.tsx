import { Dialog } from './dialog.tsx';
import { Form } from './form.tsx';

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly close: () => void;
  readonly send: () => Promise<unknown>;
}

/** Asks before what cannot be taken back. */
export const Confirm = ({ title, text, action, close, send }: ConfirmProps) => (
  <Dialog title={title} close={close}>
    <Form
      submit={action}
      danger
      cancel={close}
      fields={[]}
      send={async () => {
        await send();
        close();
      }}
    >
      {() => <p>{text}</p>}
    </Form>
  </Dialog>
);
