import { render } from 'preact';

import { App } from './app/app.tsx';
import { createServices, ServicesContext } from './app/services.ts';

render(
  <ServicesContext value={createServices()}>
    <App />
  </ServicesContext>,
  document.querySelector('#app')!,
);
