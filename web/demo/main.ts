import { type Config, connect } from './api.ts';
import { Chat } from './chat.ts';
import { byId } from './dom.ts';
import { moment } from './format.ts';
import { signIn } from './people.ts';

const query = new URL(location.href).searchParams;

async function main(): Promise<void> {
  const config: Config = await fetch('/config.json').then((response) => response.json());
  const person = signIn();
  const client = connect(
    config,
    query.get('org') ?? 'org_demo',
    query.get('widget') ?? 'widget_demo',
    person,
  );
  const chat = new Chat(client, config, person.name);

  const clock = byId('clock', HTMLElement);
  const advance = byId('advance', HTMLButtonElement);
  const showClock = async () => {
    clock.textContent = await client.clock().then(
      ({ now }) => moment(now),
      () => 'unknown',
    );
  };
  advance.addEventListener('click', async () => {
    advance.disabled = true;
    advance.textContent = 'Advancing…';
    try {
      await client.advance('P1M');
      await chat.refresh();
    } catch (error) {
      chat.problem(error);
    }
    advance.disabled = false;
    advance.textContent = 'Advance 1 month';
    await showClock();
  });

  const input = byId('question', HTMLInputElement);
  byId('composer', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    const question = input.value.trim();
    input.value = '';
    if (question) void chat.ask(question);
  });
  addEventListener('focus', () => chat.refreshQuietly());
  await Promise.all([showClock(), chat.open()]);
}

await main();
