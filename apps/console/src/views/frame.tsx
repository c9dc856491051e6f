/** What stands around every view: the ribbon with agency and order, the ways to the views, and the keys. */
import { IconButton, useScheme } from '@countersign/ui';
import { useHotkeys } from '@mantine/hooks';
import { IconHelp, IconMoon, IconSun } from '@tabler/icons-react';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Help } from './help.tsx';
import { OrderRibbon } from './order-ribbon.tsx';

const VIEWS = [
  { to: '/feed', name: 'Feed' },
  { to: '/search', name: 'Search' },
  { to: '/orders', name: 'Orders' },
] as const;

export function Frame() {
  const [isHelping, setHelping] = useState(false);
  const { scheme, toggle } = useScheme();
  const navigate = useNavigate();
  const go = (to: (typeof VIEWS)[number]['to']) => void navigate({ to, search: ({ order }) => ({ order }) });
  useHotkeys([
    ['/', () => go('/search')],
    ['1', () => go('/feed')],
    ['2', () => go('/search')],
    ['3', () => go('/orders')],
    ['shift+?', () => setHelping(true)],
    ['?', () => setHelping(true)],
  ]);
  return (
    <div className="rc-frame">
      <a className="cs-skip" href="#main">
        Skip to the view
      </a>
      <OrderRibbon />
      <nav className="rc-nav" aria-label="Views">
        {VIEWS.map(({ to, name }) => (
          <Link key={to} to={to} search={({ order }) => ({ order })} className="rc-tab" activeProps={{ 'aria-current': 'page' }}>
            {name}
          </Link>
        ))}
        <span className="cs-grow" />
        <IconButton name={scheme === 'dark' ? 'Light colours' : 'Dark colours'} onClick={toggle}>
          {scheme === 'dark' ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
        </IconButton>
        <IconButton name="Keys" onClick={() => setHelping(true)}>
          <IconHelp size={18} aria-hidden />
        </IconButton>
      </nav>
      <main id="main" className="rc-main" tabIndex={-1}>
        <Outlet />
      </main>
      <Help isOpen={isHelping} close={() => setHelping(false)} />
    </div>
  );
}
