import { render } from 'preact';

render(<h1>Relay</h1>, document.querySelector('#app')!);
